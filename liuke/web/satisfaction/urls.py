"""The addresses of satisfaction."""

from liuke.web.satisfaction import indicator_answers, people, public, results, surveys, unit, waves

urlpatterns = [
    *public.urlpatterns,
    *waves.urlpatterns,
    *results.urlpatterns,
    *people.urlpatterns,
    *surveys.urlpatterns,
    *unit.urlpatterns,
    *indicator_answers.urlpatterns,
]
