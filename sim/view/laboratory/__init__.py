"""The laboratory: questions on cards with their answers, as one file or with a server, and a page that draws them."""
