"""Training: recipes, embeddings, heads, and the fast path that joins them."""
