"""Where the field comes in: MQTT devices, files and tables become observations of entities."""
