"""启程汽车服务集团: a made-up company, the same every time for the same day."""
