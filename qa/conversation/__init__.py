"""What a line of a talk means after the lines before it, and the reply. Free of any screen."""

from qa.conversation.conversation import Conversation as Conversation
