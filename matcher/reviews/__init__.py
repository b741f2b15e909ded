"""The matchmaker's work 技术经理人: ranked pairs reviewed, introduced, and followed to a contract."""
