"""What runs in the browser: the JavaScript, how it is joined, and which controls there are."""
