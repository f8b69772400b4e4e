"""What the app answers beside its pages: sign-in, the deck's work and answers, downloads, health."""
