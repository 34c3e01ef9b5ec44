"""A TFTP server that outlives any client, built on tftpy."""
