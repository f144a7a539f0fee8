"""The WSGI entry that Granian serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liuke.site.settings")
application = get_wsgi_application()

from liuke.site.warm import warm  # noqa: E402 - it needs the applications that stand only now

warm()
# What is loaded at the start lives as long as the process: kept out of later collections, it no longer stops a request for a tenth
# of a second now and then.
gc.collect()
gc.freeze()
