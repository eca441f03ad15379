"""The commands of `qa`, a module for each group of them."""
