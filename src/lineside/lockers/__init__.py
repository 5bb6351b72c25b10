"""The server of smart-locker boards: ACon_V1.0 over TCP in, codes as desired state out, history by cell."""
