"""The picture that a shared link shows, drawn from a product's picture and the project's own vectors. Knows no Django."""
