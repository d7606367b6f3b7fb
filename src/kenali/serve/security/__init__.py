"""Who may ask what, how often, from where; and what is remembered of it. `install.secure` puts it around an app."""
