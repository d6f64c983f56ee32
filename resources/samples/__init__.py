"""The sample pictures and the formulas that draw them."""
