"""What is done with answers: written, handed in, opened, read, added to."""
