"""What is asked: factors, conditions, designs, presets, protocol names."""
