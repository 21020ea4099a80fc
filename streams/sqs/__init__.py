"""A door for programs that send to the datastream through Amazon SQS."""
