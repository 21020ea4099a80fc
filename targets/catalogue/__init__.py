"""The names that are known offline: deep-sky objects, stars, the solar system. The data and their reader."""
