"""The record of events checked and handed out: hashing, verification, evidence files."""
