"""Sun and moon over a place on Earth: pure functions over skyfield's ephemerides; no Django."""
