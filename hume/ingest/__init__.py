"""Files in: tasks, published figures and answers. Whatever is read here is checked whole before it is stored."""
