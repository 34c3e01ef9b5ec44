"""What must hold on the machine at hand: two ratios, and one bound on CPU time. No test depends on them."""
