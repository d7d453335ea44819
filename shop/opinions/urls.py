"""Reviews at the supplier's and at the staff's desk."""

from django.urls import path

from shop.opinions import views

app_name = "opinions"
urlpatterns = [
    path("supplier/reviews/", views.own_reviews, name="own_reviews"),
    path("supplier/reviews/<id:pk>/reply/", views.reply, name="reply"),
    path("dashboard/reviews/", views.reviews, name="reviews"),
    path("dashboard/reviews/<id:pk>/show/", views.show, name="show"),
    path("dashboard/reviews/<id:pk>/hide/", views.hide, name="hide"),
]
