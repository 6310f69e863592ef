"""The browser's faces of the bot."""
