"""What every device, enclosure and weather station last said, and when each site last called."""
