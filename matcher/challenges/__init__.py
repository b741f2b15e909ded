"""Challenges 榜单: opened from needs, judged, published, amended, asked about, listed; and programmes of them."""
