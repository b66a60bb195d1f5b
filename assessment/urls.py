"""The public pages: nobody logs in here, a private link is the key."""

from django.urls import path

from assessment.views import asking, call, data, reading, start

app_name = "assessment"
urlpatterns = [
    path("", start.start, name="start"),
    path("a/<str:link>/", start.resume, name="resume"),
    path("a/<str:link>/profile/", asking.profile, name="profile"),
    path("a/<str:link>/questions/<slug:group>/", asking.questions, name="questions"),
    path("a/<str:link>/result/", reading.own, name="result"),
    path("a/<str:link>/again/", reading.again, name="again"),
    path("a/<str:link>/share/", reading.share, name="share"),
    path("a/<str:link>/call/", call.ask, name="call"),
    path("a/<str:link>/data/", data.export, name="data"),
    path("a/<str:link>/delete/", data.delete, name="delete"),
    path("r/<str:link>/", reading.shared, name="shared"),
    path("<str:link>/", start.invited, name="invited"),
]
