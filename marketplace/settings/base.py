"""Settings shared by every environment; all that an operator changes comes from the environment.

`.env.example` lists every variable. Business limits that nobody tunes per deployment are constants
in the apps, not settings. Each part is a module beside this one.
"""

import django_stubs_ext

from marketplace.settings.api import *
from marketplace.settings.apps import *
from marketplace.settings.business import *
from marketplace.settings.cache import *
from marketplace.settings.celery import *
from marketplace.settings.database import *
from marketplace.settings.environment import *
from marketplace.settings.files import *
from marketplace.settings.live import *
from marketplace.settings.logging import *
from marketplace.settings.messages import *
from marketplace.settings.openapi import *
from marketplace.settings.providers import *
from marketplace.settings.retention import *
from marketplace.settings.security import *

# Lets classes such as ModelAdmin take type parameters at run time.
django_stubs_ext.monkeypatch()

DEBUG = False
