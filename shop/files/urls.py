from django.urls import path

from shop.files.views import file

app_name = "files"
urlpatterns = [path("<str:token>", file, name="file")]
