"""Who has which telescope when: the calendar."""
