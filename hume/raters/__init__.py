"""Who answers without a browser: embedding models, and simulated raters for demos and tests."""
