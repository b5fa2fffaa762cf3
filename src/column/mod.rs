//! Values of Arrow columns as text, numbers, bytes: shared by the formats.
