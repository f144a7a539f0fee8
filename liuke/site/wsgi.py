"""The WSGI entry that Granian serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liuke.site.settings")
application = get_wsgi_application()
# What is loaded at the start lives as long as the process: kept out of later collections, it no longer stops a request for a tenth
# of a second now and then.
gc.collect()
gc.freeze()
