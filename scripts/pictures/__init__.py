"""Takes docs/pictures anew: goes through the main job on the running desk of this folder and photographs every screen."""
