"""Language models as raters: asked what people are asked, by the same guidelines, checked by the same gate."""
