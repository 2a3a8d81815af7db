"""BPMN 2.0 XML -> frozen Process. `reader.read`, `checks.check`, `model.Process`."""
