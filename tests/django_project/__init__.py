"""A Django project and its only app: profiles saved through the ORM, the admin, forms and serializers."""
