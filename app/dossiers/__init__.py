"""One foreigner's enrolment case, from the first mail to the certificate."""
