"""One module per procedure of the chapter; each reads like the chapter's steps."""
