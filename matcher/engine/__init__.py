"""What every challenge runs on: drafts, the one door, its guards, sealing, mechanisms as files. No verbs."""
