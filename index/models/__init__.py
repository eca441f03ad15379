"""What embeds: the encoders, their weights, where these come from and how an export is made."""
