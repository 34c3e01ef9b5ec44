"""Our TFTP server beside other people's: the same devices, the same files, in turn, every byte compared."""
