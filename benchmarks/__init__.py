"""What must hold on the machine at hand: ratios, and a few bounds. No test depends on them."""
