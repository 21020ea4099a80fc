"""What we add to the servers that run this project, a file each."""
