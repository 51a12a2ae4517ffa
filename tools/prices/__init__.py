"""What machines cost by the hour: from the bills, else from dated tables that ship with Purser."""
