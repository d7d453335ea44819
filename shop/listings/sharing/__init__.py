"""The picture of a shared link, drawn from a product's picture and the project's own vectors. Knows no Django."""
