"""The picture of a resident's certificate, drawn from the project's own vectors and fonts. Knows no Django."""
