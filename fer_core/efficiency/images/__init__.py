"""What image models cost: latency by batch size, size on disk and memory, each in a process of its own."""
