"""Networks and heads: what turns pixels into features, and features into classes."""
