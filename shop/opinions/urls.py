"""Reviews at the supplier's and at the staff's desk."""

from django.urls import path

from shop.opinions import views

app_name = "opinions"
urlpatterns = [
    path("supplier/reviews/", views.own_reviews, name="own_reviews"),
    path("supplier/reviews/<int:pk>/reply/", views.reply, name="reply"),
    path("dashboard/reviews/", views.reviews, name="reviews"),
    path("dashboard/reviews/<int:pk>/show/", views.show, name="show"),
    path("dashboard/reviews/<int:pk>/hide/", views.hide, name="hide"),
]
