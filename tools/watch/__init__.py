"""What the watch rests on: pure rules over facts and now. Nothing here speaks or writes."""
