"""Everything that knows a screen: commands, the chat, how answers are shown."""
