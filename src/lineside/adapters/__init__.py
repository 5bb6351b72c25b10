"""The only home of I/O libraries: lines, the web server, and the clients of the command line."""
