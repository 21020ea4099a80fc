"""What a site's page shows, gathered and put into words."""
