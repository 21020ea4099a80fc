"""Work for machines that process images: queues that lose nothing, and how the machines are."""
