"""Rules about running code that stops working."""
